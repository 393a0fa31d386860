"""The data explorer's core: what is held, what is asked, what is answered or refused, and why.

    question = read_question(parameters, catalogue)        # every choice of an address, in canonical order
    found = answer(question, held, catalogue)               # columns side by side; mixed only where that is allowed

Series of different reporters are never added. A difference, a quotient or one scale asks
`istmo.statistics.comparability`, which refuses below level 2 with the reason.
"""
