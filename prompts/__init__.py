"""The words given to a language model, as Markdown files, and the loader that checks them."""
