"""What every statement is built of: the schema, its types, rows, lists, inserts, selects."""
