"""The leaderboards as a static site: boards that sort, pages of entries, episodes step by step."""
