using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;
using Raft.Verification.Labs;

namespace Raft.Tests.Labs;

/// <summary>
/// The lab tests with the extensions of production, on virtual time with all monitors on. <c>raft-verify lab --protocol production</c> runs
/// many more seeds.
/// </summary>
public class ProductionTests
{
    private static readonly ulong[] Seeds = [1, 2, 3];

    public static TheoryData<string> Names =>
        new(LabTest.All.Where(test => test.IsFor(ProtocolOptions.Production)).Select(test => test.Name));

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Names))]
    public void A_lab_test_passes(string name)
    {
        foreach (var seed in Seeds)
        {
            var trace = Run(Test(name), seed).Trace;
            Assert.True(trace is null, $"Seed {seed}: {trace?.Violation.Property}: {trace?.Violation.Message}");
        }
    }

    [Fact]
    public void Tests_that_expect_a_command_at_a_certain_index_are_left_out() => Assert.Equal(
        [
            ("BasicAgree", "it expects its commands at the indexes 1 to 3"),
            ("RPCBytes", "it expects its commands at the indexes 2 to 11"),
            ("FollowerFailure", "it expects its fourth command at index 4"),
            ("LeaderFailure", "it expects nothing at index 4, where its fourth command would be"),
            ("FailNoAgree", "it expects its second command at index 2"),
        ],
        LabTest.All.Where(test => !test.IsFor(ProtocolOptions.Production)).Select(test => (test.Name, test.CountsIndexes)));

    [Fact]
    public void A_test_that_is_left_out_fails_if_it_runs_all_the_same() => Assert.All(
        LabTest.All.Where(test => !test.IsFor(ProtocolOptions.Production)),
        test => Assert.Equal("LabTest", Run(test, seed: 1).Trace?.Violation.Property));

    [Fact]
    public void No_test_is_left_out_without_no_ops() =>
        Assert.All(LabTest.All, test => Assert.True(test.IsFor(ProtocolOptions.Production with { NoOp = false })));

    [Fact]
    public void The_trace_of_a_failure_has_the_protocol_and_runs_again_with_it()
    {
        var trace = LabRun.WithEvents(Run(Test("BasicAgree"), seed: 1).Trace!);

        Assert.Equal(ProtocolOptions.Production, ((ClusterOptions)trace.Options).Protocol);
        Assert.Null(trace.Remark);
        Assert.Contains(trace.Events, one => one is { Kind: TraceEventKind.Arrived, Message.Type: "PreVoteReply" });
    }

    private static LabTest Test(string name) => LabTest.All.Single(test => test.Name == name);

    private static LabResult Run(LabTest test, ulong seed) =>
        LabRun.OnVirtualTime(test, LabVersion.Lab2024, seed, ProtocolOptions.Production);
}
