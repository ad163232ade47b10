"""What the tests of the stacks have to notice."""
