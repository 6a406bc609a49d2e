"""The search of a study as a person looks at it: as text, a picture, a page, and beside other runs."""
