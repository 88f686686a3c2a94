"""An independent second reading of the fulfilment semantics, for differential tests.

`naive.evaluate` computes a scenario's result straight from the text of the fulfilment page: every day is
asked for its own promise, every unit is placed by walking all windows, all figures are exact fractions. It is
deliberately slow and plain, was written without looking at the production engine, and shares no code with it,
so that an agreement of both over thousands of random scenarios (`scenarios.random_scenario`) means that two
readers understood the same text the same way. Never "fix" it to follow the engine: go back to the text first.
"""
