// All code lives elsewhere: closures written in this file would be isolated to the main actor.
runProgram()
