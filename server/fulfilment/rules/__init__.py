"""The fulfilment engine, pure: standard library only, no clock, no floats.

`facts` are what it is given, `scenario` reads them from JSON, `evaluate` is the way in. `windows` and
`promise` say what is owed when; `taking`, `placement` and `delivery` what was delivered; `results` and
`rates` what comes of it; `explain` why. `printing` writes a result in its fixed form.
"""
