"""Records in, pages, tables and plots out."""
