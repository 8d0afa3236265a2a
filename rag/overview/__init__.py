"""An episode's page, or an issue's: summary, takeaways, chapters, people, topics; each line cited."""
