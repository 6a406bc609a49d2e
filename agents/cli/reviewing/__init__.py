"""The reviewer at the command line: review a paper; fit, report on and stress the reviewer."""
