"""The fulfilment engine: standard library only, no clock, no floats. Semantics: docs of fulfilment."""
