"""The examples: numbers made by hand, and those printed on the slides, each only where a person begins."""

Table = tuple[tuple[float, ...], ...]

# Four tokens in the plane: "it" asks for a noun, and "cat" answers.
HAND = ("the", "cat", "saw", "it")
HAND_Q: Table = ((-0.5, -2.0), (2.0, -1.5), (-2.5, 1.0), (2.0, 0.5))
HAND_K: Table = ((-1.5, -1.0), (1.5, 2.0), (-1.0, 2.5), (1.0, -1.0))
HAND_V: Table = ((-2.0, -1.5), (2.5, 1.0), (-0.5, 2.0), (1.0, -2.0))

# The slides' embeddings of three words (worked example "masked-attention-weights"); the projections
# are ours, for the slides give none. "the" stands there twice.
TOKENS = ("the", "cat", "the", "mat")
TOKENS_X: Table = (
    (0.2, -0.1, 0.5, 0.3), (0.4, 0.7, -0.3, 0.8), (0.2, -0.1, 0.5, 0.3), (-0.4, 0.9, 0.1, -0.6),
)  # fmt: skip
W_Q: Table = ((2.0, 0.0), (0.0, 2.0), (-1.0, 1.0), (1.0, 1.0))
W_K: Table = ((0.0, 2.0), (2.0, 1.0), (1.0, -1.0), (-1.0, 2.0))
W_V: Table = ((2.0, 0.0), (0.0, 2.0), (1.0, 1.0), (0.0, -2.0))

# A shelf: how much of computing and of physics a book's label promises, and what stands in it.
BOOKS = ("quanta", "learning", "qubits", "cookery")
BOOKS_Q: Table = ((-0.4, 2.0),)
BOOKS_K: Table = ((0.2, 2.2), (2.2, 0.2), (1.7, 1.7), (-1.6, -1.2))
BOOKS_V: Table = ((-1.5, 2.4), (2.0, 0.6), (0.4, 2.2), (1.6, -2.2))

# Six patches of a picture, two rows of three, ask four words of its caption.
PATCHES = ("sky", "sky", "sun", "sea", "ship", "sea")
ACROSS = 3
PATCHES_Q: Table = ((-0.6, 1.0), (0.4, 1.0), (0.5, 2.6), (1.0, 0.4), (2.6, 0.5), (1.0, -0.6))
WORDS = ("ship", "in", "the", "sun")
WORDS_K: Table = ((2.4, -1.0), (-1.6, 0.4), (-0.8, -1.0), (-0.6, 2.4))
WORDS_V: Table = ((2.5, -1.0), (-1.0, -1.5), (-1.5, 0.0), (0.5, 2.5))

# The slides' raw scores of "The cat sat on the mat" ("raw-attention-scores"): no d_k is given.
SIX = ("The", "cat", "sat", "on", "the", "mat")
SIX_S: Table = (
    (1.2, 0.8, 0.3, -0.1, 1.0, 0.4),
    (0.9, 1.5, 0.7, 0.2, 0.8, 0.3),
    (0.2, 0.5, 1.8, 1.0, 0.6, 0.9),
    (0.1, 0.3, 1.2, 2.0, 0.5, 0.8),
    (0.7, 0.6, 0.4, 0.2, 1.3, 1.1),
    (0.5, 0.4, 0.8, 1.2, 1.0, 1.6),
)
# The slides' masked weights as printed, and raw scores that give them ("masked-attention-weights"):
# found on a grid of 0.1 with d_k = 4; a row's constant is free, the first is taken as 0.
SEVEN = (*SIX, ".")
SEVEN_S: Table = (
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.0, 0.6, 1.0, 0.0, 0.0, 0.0, 0.0),
    (0.0, 0.6, 1.1, 1.4, 0.0, 0.0, 0.0),
    (0.0, 0.6, 1.1, 1.5, 1.6, 0.0, 0.0),
    (0.0, 0.5, 1.0, 1.4, 1.6, 1.7, 0.0),
    (0.0, 0.4, 0.8, 1.3, 1.5, 1.7, 1.8),
)
PRINTED: Table = (
    (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.462, 0.537, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.25, 0.337, 0.412, 0.0, 0.0, 0.0, 0.0),
    (0.164, 0.221, 0.284, 0.33, 0.0, 0.0, 0.0),
    (0.118, 0.16, 0.205, 0.251, 0.264, 0.0, 0.0),
    (0.095, 0.122, 0.156, 0.191, 0.211, 0.222, 0.0),
    (0.079, 0.097, 0.118, 0.152, 0.168, 0.186, 0.196),
)

# Four tokens of eight numbers for several heads; "the" stands there twice.
MANY = ("the", "cat", "the", "mat")
MANY_X: Table = (
    (0.2, -0.9, 1.1, 0.5, -1.3, 0.4, 0.8, -0.2),
    (1.4, 0.7, -0.3, 0.9, 0.1, -1.2, 0.3, 1.1),
    (0.2, -0.9, 1.1, 0.5, -1.3, 0.4, 0.8, -0.2),
    (-0.6, 1.2, 0.4, -1.1, 0.9, 0.6, -1.4, 0.3),
)
