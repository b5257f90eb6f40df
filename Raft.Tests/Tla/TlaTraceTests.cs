using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;
using Raft.Verification.Exploration;

namespace Raft.Tests.Tla;

/// <summary>
/// What <c>raft-verify trace --tla</c> writes for the traces in Raft.Tests/Traces: a well-formed module, whose steps are steps of the
/// specification in C#, in the order in which they stand there. TLC checks the same against the text in docs/tla.
/// </summary>
public sealed class TlaTraceTests
{
    private const string _ending = ".trace.json";

    private static readonly string _directory = Path.Combine(AppContext.BaseDirectory, "Traces");

    public static TheoryData<string> Traces => [.. Names.Where(IsOfFigure2)];

    public static TheoryData<string> TracesBeyond => [.. Names.Where(name => !IsOfFigure2(name))];

    private static IEnumerable<string> Names =>
        Directory.GetFiles(_directory, $"*{_ending}")
            .Select(file => Path.GetFileName(file)[..^_ending.Length])
            .Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Traces))]
    public void The_module_is_well_formed_and_its_steps_are_steps_of_the_model(string trace)
    {
        var behaviour = Record(trace);
        Assert.Null(behaviour.Violation);
        var steps = behaviour.Steps.ToArray();

        var module = TlaModule.Parse(TlaTrace.Of("Recorded", trace, behaviour));

        Assert.Equal("Recorded", module.Name);
        Assert.Equal(["RaftTrace"], module.Extends);
        Assert.Empty(module.Undefined(TlaSpecificationTests.Trace, TlaSpecificationTests.Raft));
        Assert.Equal(steps.Select(step => $"{step.Action}"), module.Strings);
        Assert.Subset(TlaSpecificationTests.Trace.Strings.ToHashSet(), module.Strings.ToHashSet());
        new Follower(behaviour).Take(steps);
    }

    [Theory]
    [MemberData(nameof(TracesBeyond))]
    public void A_trace_of_servers_with_extensions_of_figure_2_is_refused(string trace)
    {
        var refused = Assert.Throws<ArgumentException>(() => TlaTrace.Of("Recorded", trace, Record(trace)));

        Assert.Contains("Raft.tla does not have them", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Together_they_show_every_action_that_a_recorded_step_can_be()
    {
        var shown = Names
            .SelectMany(trace => Record(trace).Steps)
            .Select(step => $"{step.Action}")
            .ToHashSet();

        Assert.Subset(shown, TlaSpecificationTests.Trace.Strings.Intersect(Enum.GetNames<RaftAction>()).ToHashSet());
    }

    [Theory]
    [InlineData("Recorded", true)]
    [InlineData("B7_1", true)]
    [InlineData("7B", false)]
    [InlineData("a-b", false)]
    [InlineData("", false)]
    [InlineData("RaftTrace", false)]
    public void A_module_has_a_name_that_is_free(string name, bool isFree) => Assert.Equal(isFree, TlaTrace.IsModuleName(name));

    private static bool IsOfFigure2(string trace) =>
        (ClusterOptions)Read(trace).Options is { DrawsProtocol: false } options && options.Protocol == ProtocolOptions.Figure2;

    private static RecordedBehaviour Record(string trace) => RecordedBehaviour.Of(Read(trace));

    private static Trace Read(string trace) => Trace.Read(Path.Combine(_directory, $"{trace}{_ending}"));

    /// <summary>Takes recorded steps in models of the servers, with a bag of the messages between them.</summary>
    private sealed class Follower
    {
        private readonly ModelLogs _logs = new();
        private readonly ServerModel[] _models;

        // Those in flight, and those that wait for a write of their sender: the text, the sender, and the sender's name for it.
        private readonly List<string> _inFlight = [];
        private readonly List<(string Text, int Server, ulong Model)> _held = [];

        public Follower(RecordedBehaviour behaviour)
        {
            _models = [.. Enumerable.Range(0, behaviour.Servers).Select(server => new ServerModel(behaviour.Servers, server, _logs))];
            foreach (var (server, stored) in behaviour.Starts)
            {
                _models[server].Begin(stored);
            }
        }

        public void Take(IEnumerable<ModelStep> steps)
        {
            foreach (var (k, step) in steps.Index())
            {
                if (step.Action == RaftAction.DuplicateMessage)
                {
                    var duplicate = TlaTrace.Text(step.Received!);
                    Assert.Contains(duplicate, _inFlight);
                    _inFlight.Add(duplicate);
                    continue;
                }

                var model = _models[step.Server];
                model.BeginStep(_held.Count(one => one.Server == step.Server), sent: 1);
                Assert.True(Fire(model, step), $"Step {k + 1}, {step}, is not enabled: {model.FailedGuard}");
                Assert.Equal(step.Action, model.LastAction);
                Send(model, step);
                Assert.Equal(
                    (step.CurrentTerm, step.Role, step.CommitIndex, step.SnapshotIndex, step.LogLength, step.Writes),
                    (model.CurrentTerm, model.Role, model.CommitIndex, model.SnapshotIndex, model.LogLength, model.Writes));
            }
        }

        private bool Fire(ServerModel model, ModelStep step)
        {
            var sent = step.Sent?.Fields ?? default;
            return step.Action switch
            {
                RaftAction.Restart => Restart(model, step.Server),
                RaftAction.Timeout => model.Timeout(),
                RaftAction.RequestVote => model.RequestVote(sent.Dest),
                RaftAction.BecomeLeader => model.BecomeLeader(),
                RaftAction.ClientRequest => model.ClientRequest(step.Values.ToArray()),
                RaftAction.AdvanceCommitIndex => model.AdvanceCommitIndex(),
                RaftAction.AppendEntries => model.AppendEntries(sent.Dest, sent.Index, sent.Entries, step.MovesNext),
                RaftAction.InstallSnapshot => model.InstallSnapshot(sent, step.MovesNext),
                RaftAction.CompleteWrite => model.CompleteWrite(),
                RaftAction.TakeSnapshot => model.TakeSnapshot(step.SnapshotIndex),
                _ => Receive(model, step, step.Received!),
            };
        }

        private bool Restart(ServerModel model, int server)
        {
            _held.RemoveAll(one => one.Server == server);
            return model.Restart();
        }

        private bool Receive(ServerModel model, ModelStep step, ModelRecord received)
        {
            var message = received.Fields;
            Assert.Equal(step.Server, message.Dest);
            Assert.True(_inFlight.Remove(TlaTrace.Text(received)), $"{TlaTrace.Text(received)} is not in flight.");
            _logs.BeginIncoming();
            foreach (var (term, value) in message.Type == ModelMessageType.AppendEntriesRequest ? received.Entries : [])
            {
                _logs.AddIncoming(term, value);
            }

            foreach (var (term, value) in message.Type == ModelMessageType.InstallSnapshotRequest
                ? received.Entries.Skip(_logs.Committed)
                : [])
            {
                _logs.AddCommitted(term, value);
            }

            return model.Receive(message, outcome => outcome.NextIndex(message.Source) == step.NextIndex)
                && (step.Action != RaftAction.HandleAppendEntriesResponse || model.NextIndex(message.Source) == step.NextIndex);
        }

        private void Send(ServerModel model, ModelStep step)
        {
            if (step.Sent is { } sent)
            {
                var text = TlaTrace.Text(sent);
                Assert.Equal(text, TlaTrace.Text(new ModelRecord(model.View(model.Sent), model.EntriesOf(model.Sent))));
                Assert.Equal(step.Held, model.HeldFor(model.Sent));
                _held.Add((text, step.Server, model.Sent));
            }

            foreach (var one in _held.Where(one => one.Server == step.Server && model.HeldFor(one.Model) == 0).ToArray())
            {
                model.Leave(one.Model);
                _inFlight.Add(one.Text);
                _held.Remove(one);
            }
        }
    }
}
