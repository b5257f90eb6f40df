using DeterministicSimulation;

namespace Samples;

/// <summary>
/// Two-phase commit on a network that loses messages: server 1 asks the others to prepare, and decides. Its bug: it takes silence for
/// consent, and commits though one participant has aborted on its own.
/// </summary>
internal sealed class Transaction : IReceiver<string>
{
    private readonly SimulatedNetwork<string> _network;
    private readonly Dictionary<int, string> _votes = [];
    private readonly string[] _decisions;
    private readonly Simulation _simulation;

    public Transaction(Simulation simulation)
    {
        _simulation = simulation;
        _network = simulation.CreateNetwork(this);
        _decisions = new string[simulation.Options.Servers + 1];
    }

    public bool IsMended { get; init; }

    public async Task RunAsync()
    {
        for (var server = 2; server < _decisions.Length; server++)
        {
            _network.Send(1, server, "prepare");
        }

        await Task.Delay(TimeSpan.FromSeconds(1), _simulation.Time);
        var consents = IsMended ? _votes.Values.Count(vote => vote == "yes") == _decisions.Length - 2 : !_votes.ContainsValue("no");
        _decisions[1] = consents ? "commit" : "abort";
        if (consents && _decisions.Contains("abort"))
        {
            throw new InvalidOperationException($"The coordinator commits, but the decisions are{string.Join(" ", _decisions)}.");
        }
    }

    bool IReceiver<string>.IsUp(int server) => true;

    string IReceiver<string>.NameOf(int server) => $"S{server}";

    void IReceiver<string>.Receive(int server, string message)
    {
        if (server > 1)
        {
            var vote = _simulation.Choose(2) == 0 ? "yes" : "no";
            _decisions[server] = vote == "no" ? "abort" : string.Empty;
            _network.Send(server, 1, $"{server} {vote}");
        }
        else if (message.Split(' ') is [var from, var vote])
        {
            _votes[int.Parse(from, System.Globalization.CultureInfo.InvariantCulture)] = vote;
        }
    }
}

public sealed class MessageLossTests
{
    private static readonly SimulationOptions _lossy = new()
    {
        Servers = 4,
        Time = TimeMode.Virtual,
        Faults = FaultBudget.None.With(FaultKind.Loss, 3),
    };

    [Fact]
    public void A_coordinator_that_takes_silence_for_consent_is_found_with_one_lost_message()
    {
        var failure = Assert.Throws<SimulationFailedException>(
            () => SimulatedTest.Explore(simulation => new Transaction(simulation).RunAsync(), options: _lossy));

        Assert.Equal("Scenario", failure.Violation.Property);
        Assert.Single(failure.Trace.Events, one => one.Kind == TraceEventKind.Lost);
        Assert.Throws<SimulationFailedException>(
            () => SimulatedTest.Replay(failure.File, simulation => new Transaction(simulation).RunAsync()));
        SimulatedTest.Rerun(failure.File, simulation => new Transaction(simulation) { IsMended = true }.RunAsync());
    }

    [Fact]
    public void A_coordinator_that_waits_for_every_consent_is_consistent() => SimulatedTest.Explore(
        simulation => new Transaction(simulation) { IsMended = true }.RunAsync(), schedules: 10_000, options: _lossy);
}
