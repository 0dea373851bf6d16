"""Published figures, each with the document and the words it stands in."""
