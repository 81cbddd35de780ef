"""The stages of a run, as the progress display, timings.json and the report name them."""

START = "Starting the stack"
UPLOAD = "Uploading"
EXTRACT = "Extracting and reading frames"
INFER = "Cropping frames, finding captions"
READ = "Reading the captions"
WRITE = "Writing the report"
