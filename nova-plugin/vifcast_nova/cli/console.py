"""Lines of text on a terminal, whatever its encoding holds."""


def say(text, stream):
    """Write a line of text."""
    # A path may hold what the terminal's encoding does not.
    encoding = getattr(stream, "encoding", None) or "ascii"
    if not isinstance(text, bytes):
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text + "\n")
