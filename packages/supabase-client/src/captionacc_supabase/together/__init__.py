"""People at work on a video together: visits, reviews, comments, and the names of users."""
