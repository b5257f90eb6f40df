using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Conformance;
using Raft.Verification.Specifications;

namespace Raft.Tests.Conformance;

/// <summary>The model beside a core without a cluster: near the maximum of terms and indexes, through restarts, and for copies.</summary>
public sealed class LoneModelTests
{
    private static readonly ServerId[] _members = [new(1), new(2), new(3)];
    private readonly ConformanceMonitor _monitor = new();
    private readonly LoneModel _model;

    public LoneModelTests() => _model = new LoneModel(_monitor, new ModelLogs());

    [Theory]
    [InlineData(0)]
    [InlineData(Term.MaxValue - 2)]
    public void Steps_are_compared_up_to_the_last_term(long term)
    {
        var core = Started(DurableState.Initial with { Term = new Term(term) });
        Step(core, ElectionTimeout.Instance);
        Step(core, ElectionTimeout.Instance);

        Assert.Equal(term + 1, core.CurrentTerm.Value);
        Assert.Equal(2, _monitor.Steps);

        // A message in place of the one that the model sends.
        var request = new RequestVote(_members[1], _members[0], core.CurrentTerm, LogIndex.Zero, Term.Zero);
        var other = core.Clone().Step(new MessageReceived(request));
        Assert.Throws<PropertyFailure>(() => _model.Step(core, HeartbeatTimeout.Instance, other));
    }

    [Fact]
    public void A_snapshot_near_the_last_index_is_compared()
    {
        var core = Started(DurableState.Initial with { Term = new Term(2) });
        var last = new LogIndex(LogIndex.MaxValue - 1);
        Step(core, new MessageReceived(
            new InstallSnapshot(_members[1], _members[0], new Term(2), last, new Term(1), 0, default, Done: true)));
        Step(core, new MessageReceived(new AppendEntries(
            _members[1], _members[0], new Term(2), last, new Term(1), EntryList.Of(new LogEntry(new Term(2), default)), last.Next)));

        Assert.Equal(LogIndex.MaxValue, core.CommitIndex.Value);
        Assert.Equal(2, _monitor.Steps);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void A_core_starts_again_with_the_writes_that_were_stored(long stored, bool conforms)
    {
        var core = Started(DurableState.Initial);
        Step(core, ElectionTimeout.Instance);
        var again = Core(DurableState.Initial with { Term = core.CurrentTerm, VotedFor = core.VotedFor });

        var failure = Record.Exception(() => _model.Restart(again, stored));

        Assert.Equal(conforms, failure is null);
    }

    [Fact]
    public void A_step_of_a_copy_is_compared_and_changes_nothing()
    {
        var core = Started(DurableState.Initial);
        Step(core, ElectionTimeout.Instance);
        var vote = new MessageReceived(new RequestVoteReply(_members[1], _members[0], core.CurrentTerm, VoteGranted: true));

        _model.StepCopy(core, vote, [DurableState.Initial], []);
        Step(core, vote);

        Assert.Equal(Role.Candidate, core.Role);
        Assert.Equal(3, _monitor.Steps);

        // The disk of this copy does not hold what that of the core does: its own vote is durable already.
        Assert.Throws<PropertyFailure>(() => _model.StepCopy(core, new WriteDurable(1), [], []));
    }

    private RaftCore Started(DurableState stored)
    {
        var core = Core(stored);
        _model.Start(core);
        return core;
    }

    private static RaftCore Core(DurableState stored) => new(_members[0], _members, stored);

    private void Step(RaftCore core, Input input) => _model.Step(core, input, core.Step(input));
}
