"""The kind `files`: records in files of a folder, here or on a server, read by pattern and written atomically."""
