using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Viewer;

/// <summary>Tracks the messages of a trace from the rows where they are sent to the rows where they end.</summary>
internal sealed class MessageTracker
{
    private readonly List<Arrow> _all = [];
    private readonly Dictionary<long, int> _byId = [];

    /// <summary>All messages.</summary>
    public IReadOnlyList<Arrow> All => _all;

    /// <summary>Takes an event of a message into account.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="message">The message.</param>
    /// <param name="number">The number of the event.</param>
    /// <param name="row">Its row.</param>
    public void Follow(TraceEventKind kind, TraceMessage message, int number, int row)
    {
        switch (kind)
        {
            case TraceEventKind.Sent:
                Add(message, number, row, isCopy: false);
                break;
            case TraceEventKind.Duplicated:
                // A copy is drawn from the row where the original was sent.
                var original = message.CopyOf is { } id && _byId.TryGetValue(id, out var known) ? _all[known].Sent : row;
                Add(message, number, original, isCopy: true);
                break;
            case TraceEventKind.Overtook:
                Change(message, number, arrow => arrow with { Overtook = true });
                break;
            case TraceEventKind.Arrived:
                Change(message, number, arrow => arrow with { End = row, Outcome = DeliveryOutcome.Arrived });
                break;
            case TraceEventKind.Lost:
                Change(message, number, arrow => arrow with { End = row, Outcome = DeliveryOutcome.Lost });
                break;
        }
    }

    private void Add(TraceMessage message, int number, int? sent, bool isCopy)
    {
        _byId[message.Id] = _all.Count;
        _all.Add(new Arrow
        {
            Event = number,
            From = message.From,
            To = message.To,
            Term = message.Term,
            Label = MessageLabel.Of(message),
            Topic = MessageLabel.TopicOf(message),
            Sent = sent,
            IsCopy = isCopy,
        });
    }

    // A message without an event for its sending, or that has ended already, becomes an arrow of its own.
    private void Change(TraceMessage message, int number, Func<Arrow, Arrow> change)
    {
        if (!_byId.TryGetValue(message.Id, out var known) || _all[known].End is not null)
        {
            Add(message, number, sent: null, message.CopyOf is not null);
            known = _all.Count - 1;
        }

        _all[known] = change(_all[known]);
    }
}
