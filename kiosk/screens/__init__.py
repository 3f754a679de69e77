"""The screens: draws each view and reports what was touched; decides nothing and keeps nothing of a patron."""
