using DeterministicSimulation;
using Raft.Verification.Cluster;

namespace Raft.Verification.Viewer;

/// <summary>Follows the messages of a trace from where they were sent to where they end.</summary>
internal sealed class MessageTracker
{
    private readonly List<Arrow> _all = [];
    private readonly Dictionary<long, int> _byId = [];

    /// <summary>All of them.</summary>
    public IReadOnlyList<Arrow> All => _all;

    /// <summary>Takes note of an event that is about a message.</summary>
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
                // The copy is as old as what it was made of.
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

    // What nobody told to be sent, or has ended before, is a message of its own.
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
