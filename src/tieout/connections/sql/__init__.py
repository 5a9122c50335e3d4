"""The kind `sql`: any database that SQLAlchemy reaches, by table or statement, and written to in transactions."""
