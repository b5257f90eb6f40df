using DeterministicSimulation;
using Raft.Verification.Viewer;

namespace Raft.Tests.Viewer;

/// <summary>The labels of messages.</summary>
public sealed class MessageLabelTests
{
    [Theory]
    [InlineData("RequestVote 3@2", "RequestVote", "lastLogIndex=3", "lastLogTerm=2")]
    [InlineData("vote granted", "RequestVoteReply", "voteGranted=True")]
    [InlineData("vote refused", "RequestVoteReply", "voteGranted=false")]
    [InlineData("c4@2, c5@2 after 3@1", "AppendEntries", "prevLogIndex=3", "prevLogTerm=1", "entries=[c4@2, c5@2]", "leaderCommit=1")]
    [InlineData("c4@2 … c7@2 after 3@1", "AppendEntries", "prevLogIndex=3", "prevLogTerm=1", "entries=[c4@2, c5@2, c6@2, c7@2]")]
    [InlineData("557…10@2 after 3@1", "AppendEntries", "prevLogIndex=3", "prevLogTerm=1", "entries=[5577006791947779410@2]")]
    [InlineData("c4…@2 after 3@1", "AppendEntries", "prevLogIndex=3", "prevLogTerm=1", "entries=[c4..............@2]", "leaderCommit=1")]
    [InlineData("heartbeat 3@1, commit 1", "AppendEntries", "prevLogIndex=3", "prevLogTerm=1", "entries=[]", "leaderCommit=1")]
    [InlineData("success to 4", "AppendEntriesReply", "success=True", "lastIndex=4")]
    [InlineData("refused, back to 2", "AppendEntriesReply", "success=False", "lastIndex=4", "conflictIndex=2", "conflictTerm=1")]
    [InlineData("refused", "AppendEntriesReply", "success=False")]
    [InlineData("snapshot to 5@2", "InstallSnapshot", "lastIncludedIndex=5", "lastIncludedTerm=2")]
    [InlineData("snapshot taken to 5", "InstallSnapshotReply", "lastIndex=5")]
    [InlineData("TimeoutNow", "TimeoutNow")]
    [InlineData("RequestVote of somebody", "RequestVote", "other=of somebody")]
    public void A_label_describes_the_content_of_a_message(string words, string type, params string[] fields) =>
        Assert.Equal(words, MessageLabel.Of(new TraceMessage
        {
            Id = 0,
            Type = type,
            From = 1,
            To = 2,
            Fields = fields.Select(field => field.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]),
        }));
}
