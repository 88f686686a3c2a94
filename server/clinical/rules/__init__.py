"""What a measurement or a scale means: pure, by named thresholds. pwa/src/rules/clinical has the same rules;
both run the cases of tests/golden/clinical."""
