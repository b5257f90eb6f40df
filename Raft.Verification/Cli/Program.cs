using Raft.Verification.Cli;

return CommandLine.Run(args);
