"""Who may sign in here, and as what?"""
