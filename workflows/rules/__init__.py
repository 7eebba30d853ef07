"""Pure rules: state moves, working days, colours, milestones, imports. No Django, no clock, no database."""
