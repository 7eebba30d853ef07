"""The methods of a task force (domain §10): goals, meetings, hard problems, reviews, rankings, the weekly report."""
