/** A process that records nothing. */
process.stdout.write("ready\n");
