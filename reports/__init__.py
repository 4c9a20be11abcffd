"""Tables, figures, HTML reports and leaderboard sites made from run folders."""
