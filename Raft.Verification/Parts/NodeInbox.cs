using Raft.Impl.Core;
using Raft.Verification.Cluster;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Parts;

/// <summary>The inbox of a node: how much it holds, and in which order the node handles it.</summary>
internal static class NodeInbox
{
    private const string _property = "Inbox";

    /// <summary>
    /// Messages arrive faster than the node handles them. Those that do not fit are dropped and counted; the others are handled in order.
    /// </summary>
    public static async Task MessagesAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster);
        node.Options = node.Options with { MaxInboxBytes = numbers.OneOf(1, 64, 200, 500, 1000) };
        await node.StartAsync();
        var accepted = new List<Message>();
        var dropped = 0L;

        // Handled messages free their room.
        for (var round = 0; round < 3; round++)
        {
            var waiting = 0L;
            for (var i = 3 + numbers.Next(10); i > 0; i--)
            {
                var message = MessageOf(node, numbers);
                if (waiting == 0 || waiting + message.Size <= node.Options.MaxInboxBytes)
                {
                    accepted.Add(message);
                    waiting += message.Size;
                }
                else
                {
                    dropped++;
                }

                node.Receive(message);
                Unless(
                    node.Node.Counters.DroppedMessages == dropped,
                    _property,
                    $"Of an inbox of {node.Options.MaxInboxBytes} bytes {waiting} are taken; {dropped} messages did not fit, but "
                        + $"{node.Node.Counters.DroppedMessages} count as dropped.");
            }

            await node.RunAsync();
            var handled = node.Inputs.OfType<MessageReceived>().Select(one => one.Message).ToList();
            Unless(
                handled.SequenceEqual(accepted, ReferenceEqualityComparer.Instance),
                _property,
                $"{accepted.Count} messages had room, but {handled.Count} were handled, or in another order.");
        }

        await node.Node.DisposeAsync();
    }

    /// <summary>
    /// Proposals arrive faster than the node handles them. Those that do not fit are refused at once; the others are answered in order.
    /// </summary>
    public static async Task ProposalsAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster, servers: 1);
        var limits = new CoreOptions
        {
            MaxMessageBytes = numbers.OneOf(50, 100, 300),
            MaxEntriesPerMessage = 1 + numbers.Next(4),
            MaxUncommittedBytes = numbers.OneOf(1, 120, 1000, 1 << 20),
        };
        node.Options = node.Options with { Core = limits, MaxInboxBytes = numbers.OneOf(1, 64, 200, 500) };
        await node.StartAsync();
        await node.LeadAsync();
        var refused = 0L;
        var lastIndex = 0L;
        for (var round = 0; round < 3; round++)
        {
            var waiting = 0L;
            var asked = new List<(Task<Proposal> Answer, Command Command)>();
            for (var i = 3 + numbers.Next(10); i > 0; i--)
            {
                var command = numbers.Command(numbers.OneOf(0, 1, 20, limits.MaxMessageBytes));
                var size = new LogEntry(Term.Zero, command).Size;
                var fits = waiting == 0 || waiting + size <= node.Options.MaxInboxBytes;
                var answer = node.Node.ProposeAsync(command);
                if (fits)
                {
                    asked.Add((answer, command));
                    waiting += size;
                    Unless(
                        !answer.IsCompleted,
                        _property,
                        $"A proposal is answered before the node has handled it, or there is room for it, but it is refused: {waiting} "
                            + $"bytes of {node.Options.MaxInboxBytes} are taken.");
                    continue;
                }

                refused++;
                Unless(
                    answer.IsCompletedSuccessfully
                        && answer.Result == new Proposal(LogIndex.Zero, node.Core.CurrentTerm, ProposalRefusal.Backlog),
                    _property,
                    $"A proposal of {size} bytes has no room beside {waiting} of {node.Options.MaxInboxBytes}, but is not refused at "
                        + $"once.");
            }

            UnlessFails<ArgumentException>(
                () => node.Node.ProposeAsync(numbers.Command(limits.MaxMessageBytes + 1)),
                "Arguments",
                "a command that is larger than a message");
            await node.RunAsync();
            foreach (var (answer, command) in asked)
            {
                Unless(answer.IsCompletedSuccessfully, "Answers", $"A proposal of {command} is not answered.");
                var proposal = await answer;
                refused += proposal.Refusal == ProposalRefusal.Backlog ? 1 : 0;
                if (proposal.IsTaken)
                {
                    Unless(
                        proposal.Index.Value == ++lastIndex && node.Core.Log[proposal.Index] == new LogEntry(proposal.Term, command),
                        "ProposalStands",
                        $"The answer to a proposal of {command} is {proposal.Index}, but the next one is {lastIndex}.");
                }
            }

            Unless(
                node.Node.Counters.RefusedProposals == refused,
                "Counters",
                $"{refused} proposals had no room, but {node.Node.Counters.RefusedProposals} count as refused.");
            LookAtBatches(node, limits);
            node.TakeCommitted();
            await node.RunAsync();
        }

        await node.Node.DisposeAsync();
    }

    /// <summary>
    /// The disk of a leader is slower than those of its followers. While more bytes than allowed wait for the disk, it refuses proposals,
    /// although everything that it accepted is committed and applied.
    /// </summary>
    public static async Task SlowDiskAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster);
        node.Options = node.Options with { Core = new CoreOptions { MaxUncommittedBytes = numbers.OneOf(1, 70, 150, 400) } };
        await node.StartAsync();
        await node.LeadAsync();
        node.WritesAtOnce = false;
        var (inFlight, refused) = (0L, 0L);
        for (var i = 0; i < 12; i++)
        {
            if (numbers.OneIn(6))
            {
                node.CompleteWrites();
                await node.RunAsync();
                inFlight = 0;
            }

            var command = numbers.Command(numbers.OneOf(0, 5, 38));
            var isRefused = inFlight > node.Options.Core.MaxUncommittedBytes;
            refused += isRefused ? 1 : 0;
            inFlight += isRefused ? 0 : new LogEntry(Term.Zero, command).Size;
            var proposal = await node.Node.ProposeAsync(command);
            Unless(
                proposal.Refusal == (isRefused ? ProposalRefusal.Backlog : ProposalRefusal.None),
                "FlowControl",
                $"A leader that may hold {node.Options.Core.MaxUncommittedBytes} bytes has {inFlight} bytes that wait for its disk, and a "
                    + $"proposal gets {proposal.Refusal}.");
            Unless(
                node.Node.Counters.RefusedProposals == refused,
                "Counters",
                $"{refused} proposals had no room, but {node.Node.Counters.RefusedProposals} count as refused.");
            await node.AgreeAsync();
            node.TakeCommitted();
            await node.RunAsync();
        }

        // It is no longer leader, which is then the reason for the refusal.
        node.Receive(new RequestVoteReply(node.Members[1], node.Members[0], new Term(9), VoteGranted: false));
        await node.RunAsync();
        var last = await node.Node.ProposeAsync(default);
        Unless(
            last == new Proposal(LogIndex.Zero, new Term(9), ProposalRefusal.NotLeader),
            "ProposalStands",
            $"A node that does not lead, in term 9, answers a proposal with {last.Refusal} in term {last.Term}.");
        node.CompleteWrites();
        await node.Node.DisposeAsync();
    }

    /// <summary>When messages and proposals both wait, they are handled alternately, after the reports of the node's own parts.</summary>
    public static async Task TurnsAsync(ICluster cluster, Numbers numbers)
    {
        var node = new LoneNode(cluster);
        node.Options = node.Options with { Core = new CoreOptions { MaxEntriesPerMessage = 1 + numbers.Next(2) } };
        await node.StartAsync();
        if (numbers.OneIn(2))
        {
            await node.LeadAsync();
        }

        var before = node.Inputs.Count;
        var (messages, proposals) = (2 + numbers.Next(8), 2 + numbers.Next(8));
        for (var i = 0; i < Math.Max(messages, proposals); i++)
        {
            if (i < messages)
            {
                node.Receive(new RequestVoteReply(node.Members[1], node.Members[0], new Term(1), VoteGranted: false));
            }

            if (i < proposals)
            {
                _ = node.Node.ProposeAsync(numbers.Command(1));
            }
        }

        node.Clock.RunOutEarly();
        var compacted = node.Node.CompactAsync(LogIndex.Zero, default);
        await node.RunAsync();
        Unless(compacted.IsCompletedSuccessfully, "Answers", $"A compaction that changes nothing is {compacted.Status}.");
        Input[] taken = [.. node.Inputs.Skip(before)];
        var first = Array.FindIndex(taken, input => input is Compact);
        Unless(
            !taken[..first].Any(input => input is MessageReceived or Propose),
            _property,
            $"Messages and proposals that waited are taken before what the service asked for.");
        var (left, leftToPropose) = (
            messages,
            (proposals + node.Options.Core.MaxEntriesPerMessage - 1) / node.Options.Core.MaxEntriesPerMessage);
        bool? wasMessage = null;
        foreach (var input in taken.Where(input => input is MessageReceived or Propose))
        {
            var isMessage = input is MessageReceived;
            Unless(
                isMessage != wasMessage || left == 0 || leftToPropose == 0,
                _property,
                $"Two {(isMessage ? "messages" : "proposals")} are taken one after the other, though {left} messages and {leftToPropose} "
                    + $"batches of proposals wait.");
            (left, leftToPropose, wasMessage) = isMessage ? (left - 1, leftToPropose, true) : (left, leftToPropose - 1, false);
        }

        Unless(left == 0 && leftToPropose == 0, _property, $"{left} messages and {leftToPropose} batches of proposals are not taken.");
        await node.Node.DisposeAsync();
    }

    private static Message MessageOf(LoneNode node, Numbers numbers)
    {
        var (from, to) = (node.Members[1 + numbers.Next(2)], node.Members[0]);
        return numbers.OneIn(2)
            ? new RequestVoteReply(from, to, new Term(1), VoteGranted: false)
            : new InstallSnapshot(
                from,
                to,
                new Term(1),
                new LogIndex(9),
                new Term(1),
                Offset: 5,
                numbers.SnapshotData(numbers.OneOf(1, 50, 200)),
                Done: false);
    }

    // A batch holds at most as many proposals as fit into a message.
    private static void LookAtBatches(LoneNode node, CoreOptions limits)
    {
        foreach (var commands in node.Inputs.OfType<Propose>().Select(propose => propose.Commands))
        {
            var bytes = commands.Sum(command => new LogEntry(Term.Zero, command).Size);
            Unless(
                commands.Count <= limits.MaxEntriesPerMessage && (commands.Count == 1 || bytes <= limits.MaxMessageBytes),
                _property,
                $"{commands.Count} proposals of {bytes} bytes are taken together, though a message carries {limits.MaxEntriesPerMessage} "
                    + $"of {limits.MaxMessageBytes} bytes.");
        }
    }
}
