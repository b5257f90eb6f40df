using System.Globalization;
using System.Text;
using Raft.Impl.Core;

namespace Raft.Verification.Simulation;

/// <summary>What happened in a schedule, in words, a line an event.</summary>
public sealed class EventLog
{
    private readonly StringBuilder _text = new();

    /// <summary>The events so far, a line each.</summary>
    public override string ToString() => _text.ToString();

    internal void Watch(Scheduler scheduler, SimulatedCluster cluster)
    {
        void Note(string what) => _text.AppendLine(CultureInfo.InvariantCulture, $"{scheduler.Steps,6} {(double)scheduler.Now / TimeSpan.TicksPerSecond,8:0.0000}s  {what}");

        scheduler.Running = operation =>
        {
            if (operation.Kind is OperationKind.Timer or OperationKind.Fault)
            {
                Note(operation.ToString()!);
            }
        };
        cluster.Traced = Note;
        cluster.Network.Traced = (what, message) => Note($"  {message} {what}");
        foreach (var server in cluster.Simulated)
        {
            server.Disk.Begun = write => Note($"  {server.Id} begins write {write.Sequence}: {Describe(write)}");
            server.Disk.Durable += write => Note($"{server.Id}: write {write.Sequence} is durable");
            server.Stepped += (state, input, _) => Note(
                $"{server.Id} {Describe(input)}: {state.Core!.Role} in term {state.Core.CurrentTerm}, voted for {state.Core.VotedFor?.ToString() ?? "nobody"}, "
                + $"log {state.Core.Log.FirstIndex} to {state.Core.Log.LastIndex}@{state.Core.Log.LastTerm}, commit index {state.Core.CommitIndex}");
        }
    }

    private static string Describe(Input input) => input switch
    {
        MessageReceived received => $"takes {received.Message}",
        WriteDurable durable => $"learns that write {durable.Sequence} is durable",
        Propose propose => $"is asked to take {propose.Command}",
        Compact compact => $"compacts its log up to {compact.LastIndex}",
        _ => input.GetType().Name,
    };

    private static string Describe(RaftWrite write) =>
        $"term {write.Term}, vote {write.VotedFor?.ToString() ?? "none"}{(write.Snapshot is null ? string.Empty : $", {write.Snapshot}")}"
        + (write.Log is null ? string.Empty : $", from index {write.Log.First} on {write.Log.Entries}");
}
