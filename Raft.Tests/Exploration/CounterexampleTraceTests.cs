using DeterministicSimulation;
using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.Cluster;
using Raft.Verification.Exploration;

namespace Raft.Tests.Exploration;

public sealed class CounterexampleTraceTests
{
    private static readonly RaftSpec _spec = new(
        new RaftBounds { Servers = 2, MaxTerm = 3, MaxLog = 2, MaxMessages = 4, MaxCopies = 2 }, RaftOptions.Implementation);

    [Fact]
    public void Each_server_ends_in_the_trace_as_it_does_in_the_counterexample()
    {
        foreach (var counterexample in Enumerable.Range(1, 40).Select(Walk))
        {
            var events = CounterexampleTrace.Of(_spec, counterexample).Events;
            var end = _spec.View(new State([.. counterexample.States[^1].Words]));
            for (var server = 1; server <= 2; server++)
            {
                var state = events.Last(one => one.Server == server).ServerState!;
                Assert.Equal(
                    (end.Servers[server - 1].Role, end.Servers[server - 1].Term, end.Servers[server - 1].VotedFor),
                    (state.Role, (int)state.Term, state.VotedFor));
                Assert.Equal(end.Servers[server - 1].Log.Count, state.SnapshotIndex + state.Log.Count);
                Assert.Equal(end.Servers[server - 1].CommitIndex, state.CommitIndex);
            }
        }
    }

    [Fact]
    public void The_messages_in_flight_at_the_end_were_sent_and_neither_arrived_nor_were_lost()
    {
        foreach (var counterexample in Enumerable.Range(1, 40).Select(Walk))
        {
            var inFlight = new HashSet<long>();
            foreach (var happened in CounterexampleTrace.Of(_spec, counterexample).Events.Where(one => one.Message is not null))
            {
                Assert.True(
                    happened.Kind is TraceEventKind.Sent or TraceEventKind.Duplicated
                        ? inFlight.Add(happened.Message!.Id)
                        : inFlight.Remove(happened.Message!.Id));
            }

            var end = _spec.View(new State([.. counterexample.States[^1].Words]));
            Assert.Equal(end.Messages.Where(message => !message.IsHeld).Sum(message => message.Copies), inFlight.Count);
        }
    }

    [Fact]
    public void Its_file_holds_the_path_to_the_violation()
    {
        var counterexample = Walk(7);
        var file = Path.GetTempFileName();
        CounterexampleTrace.Of(_spec, counterexample).Write(file);
        var read = Trace.Read(file);
        File.Delete(file);

        Assert.Equal(("model", "raft", "QuorumLog"), (read.Engine, read.Scenario, read.Violation.Property));
        Assert.Equal(counterexample.Path, read.Choices);
        Assert.Equal(counterexample.States.Count - 1, read.Violation.Step);
    }

    // A random path through the model, whose last state is taken for a violation.
    private static Counterexample Walk(int seed)
    {
        var random = new Random(seed);
        var steps = new Successors(_spec.Layout);
        _spec.Init(steps);
        var words = steps[0].Words.ToArray();
        var path = new List<int> { 0 };
        for (var i = 0; i < 60; i++)
        {
            steps.Clear();
            _spec.Next(new State(words), steps);
            var choices = Enumerable.Range(0, steps.Count).Where(choice => _spec.IsWithinBounds(steps[choice])).ToArray();
            path.Add(choices[random.Next(choices.Length)]);
            words = steps[path[^1]].Words.ToArray();
        }

        return Counterexample.Follow(_spec, "QuorumLog", path);
    }
}
