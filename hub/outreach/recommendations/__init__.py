"""Learn what and when patrons read: recommendations, reminders, new titles."""
