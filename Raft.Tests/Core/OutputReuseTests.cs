using Raft.Impl.Core;

namespace Raft.Tests.Core;

/// <summary>A node puts the output of each step into that of the last.</summary>
public sealed class OutputReuseTests
{
    private static readonly ServerId[] _members = [new(1), new(2), new(3)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_output_that_is_used_again_says_what_a_new_one_says(int seed)
    {
        var random = new Random(seed);
        var servers = _members.Select(member => Start(member)).ToArray();
        var twins = _members.Select(member => Start(member)).ToArray();
        var last = new Output?[servers.Length];
        var arriving = new List<Message>();
        var writes = new long[servers.Length];
        var (leaders, applied) = (0, 0);
        for (var step = 0; step < 5_000; step++)
        {
            var server = random.Next(servers.Length);
            var message = arriving.Count > 0 && random.Next(4) > 0 ? arriving[random.Next(arriving.Count)] : null;
            Input input = random.Next(60) == 0 ? ElectionTimeout.Instance
                : message is not null ? new MessageReceived(message)
                : random.Next(4) switch
                {
                    0 => HeartbeatTimeout.Instance,
                    1 => ReadyToApply.Instance,
                    2 => new WriteDurable(writes[server]),
                    _ => new Propose([.. Enumerable.Range(0, random.Next(1, 4)).Select(number => Command.FromText($"{step}.{number}"))]),
                };
            if (input is MessageReceived)
            {
                arriving.Remove(message!);
                server = Array.IndexOf(_members, message!.To);
            }

            var expected = servers[server].Step(input);
            last[server] = twins[server].StepInto(last[server], input);
            Assert.Equal(Text(expected), Text(last[server]!));
            Assert.Equal(servers[server], twins[server]);
            arriving.AddRange(expected.Messages.Select(sent => sent.Message));
            writes[server] = expected.Write?.Sequence ?? writes[server];
            leaders += servers[server].Role == Role.Leader ? 1 : 0;
            applied += expected.Apply.Count;
        }

        Assert.True(leaders > 100 && applied > 100, $"{leaders} steps of leaders, {applied} messages applied");
    }

    private static RaftCore Start(ServerId member) => new(member, _members, DurableState.Initial, protocol: ProtocolOptions.Production);

    private static string Text(Output output) => string.Join(
        "; ",
        output.Write,
        string.Join(", ", output.Messages),
        string.Join(", ", output.Apply),
        string.Join(", ", output.Proposals),
        string.Join(", ", output.Reads),
        output.Transfer,
        output.HeardFromLeader,
        output.RoundBegun,
        output.RoundConfirmed,
        output.Rejected,
        output.ElectionTimer,
        output.HeartbeatTimer);
}
