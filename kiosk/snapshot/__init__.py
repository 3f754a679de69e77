"""The library as it is known here while the central is away: a second file, which can always be fetched again."""
