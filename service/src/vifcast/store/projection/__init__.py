"""Operations and attachments, computed from the events."""
