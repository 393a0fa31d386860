"""How do the types of the database follow the code lists?"""
