"""The HTML report and the leaderboard site."""
