"""Every number that decides what a caption is: one table, with units and origins.

The numbers that the network learned are in its weights. All others are rules: the values stand
in `decoding.json` beside the weights, and what each value means stands here. `reading.py` holds
the rules that change the scores of frames, `decoding.py` those that turn scores into captions.
The table lies below all other modules because both halves of the package read it.

The few constants that remain in other modules describe the form of the data or the structure of
the network (sizes of the feature map, distances that `FrameScores` has rows for, states of the
decoder), or guard a division. To change one of those means to change code, scores on disk, or
the network.
"""
