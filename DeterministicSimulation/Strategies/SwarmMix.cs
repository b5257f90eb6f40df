namespace DeterministicSimulation;

/// <summary>
/// What one schedule is made of: which kinds of faults strike and how often, how fast timers run out, who is slow, and how the scenario's
/// numbers fall. Each schedule draws its own and leaves out much of it. What is left meets more often, and is not cut short by the rest:
/// swarm testing (Groce et al.: "Swarm testing", ISSTA 2012).
/// </summary>
/// <remarks>Weights and rates are out of 2^16.</remarks>
internal sealed class SwarmMix
{
    /// <summary>A weight that never gives way, a rate of every time.</summary>
    public const int Always = 1 << 16;

    private const int _kinds = (int)OperationKind.Fault;
    private readonly int[] _messageFaults = new int[FaultCounts.Kinds.Count];
    private readonly int[] _breaks = new int[FaultCounts.Kinds.Count];

    // By kind of work and server: a disk, the way to a server, its code.
    private readonly bool[,] _isSlow = new bool[_kinds, SimulationOptions.MaxServers + 1];
    private int _slowRate;
    private int _mends;
    private int _held;
    private int _lateness;
    private Numbers _numbers;

    /// <summary>How the numbers fall that are drawn for the scenario, disks and clocks.</summary>
    private enum Numbers
    {
        /// <summary>Each as likely as the others.</summary>
        Even,

        /// <summary>Mostly low: short pauses, so that proposals come in bursts; crashes lose what is in flight.</summary>
        Low,

        /// <summary>Mostly high: long pauses, and crashes lose nothing.</summary>
        High,

        /// <summary>Mostly in the middle: clocks that run alike, timeouts that are equal.</summary>
        Middle,
    }

    /// <summary>
    /// Whether time is virtual. Often it is: where timers run out too early, most of what could go wrong is cut short by the next election.
    /// </summary>
    public bool IsTimeVirtual { get; private set; }

    /// <summary>
    /// Whether timers run out in the order of their deadlines, though anything else may be late: a leader's heartbeats come before the
    /// elections that they put off.
    /// </summary>
    public bool AreTimersInOrder { get; private set; }

    /// <summary>In how many steps with other work to do a timer runs out.</summary>
    public int TimerRate { get; private set; }

    /// <summary>In how many steps something may break or be mended.</summary>
    public int FaultRate { get; private set; }

    /// <summary>Draws another mix.</summary>
    public void Draw(ref SplitMix64 random)
    {
        IsTimeVirtual = random.Next(5) < 3;
        AreTimersInOrder = random.Next(4) > 0;
        TimerRate = 1 << (4 + random.Next(10));
        FaultRate = 1 << (7 + random.Next(5));
        _mends = Always >> random.Next(6);
        foreach (var kind in FaultCounts.Kinds)
        {
            // A crash loses most of what was about to go wrong.
            _breaks[(int)kind] = random.Next(kind == FaultKind.Crash ? 4 : 2) == 0 ? Always : 0;
            _messageFaults[(int)kind] = random.Next(3) == 0 ? 0 : 1 << (9 + random.Next(6));
        }

        // A message that is held arrives long after what it is about.
        _held = random.Next(2) == 0 ? 0 : Always >> (1 + random.Next(6));
        _lateness = random.Next(6);
        var isSlow = random.Next(2) == 0;
        for (var kind = 0; kind < _kinds; kind++)
        {
            for (var server = 0; server <= SimulationOptions.MaxServers; server++)
            {
                _isSlow[kind, server] = isSlow && server > 0 && random.Next(6) == 0;
            }
        }

        PutsOffAnything = isSlow || _held > 0;
        _slowRate = 1 << (6 + random.Next(9));
        _numbers = random.Next(2) == 0 ? Numbers.Even : (Numbers)random.Next(4);
    }

    /// <summary>How likely a fault that could strike, or a mend, is let.</summary>
    public int WeightOf(Operation fault) => fault.Breaks is { } kind ? _breaks[(int)kind] : _mends;

    /// <summary>How often a fault of this kind strikes a message.</summary>
    public int RateOf(FaultKind kind) => _messageFaults[(int)kind];

    /// <summary>Whether work is put off at all, in nondeterministic time.</summary>
    public bool PutsOffAnything { get; private set; }

    /// <summary>Whether work that could be done is put off once more, in nondeterministic time: it is late.</summary>
    public bool PutsOff(Operation work, ref SplitMix64 random)
    {
        work.IsLate ??= DrawLate(work, ref random);
        return work.IsLate.Value && (ushort)random.Next() >= _slowRate;
    }

    /// <summary>Draws how long work takes in virtual time: more than is usual, if it is late.</summary>
    /// <inheritdoc cref="IStrategy.ChooseLatency"/>
    public int Latency(Operation operation, int usual, int most, ref SplitMix64 random) =>
        DrawLate(operation, ref random) ? random.Next(Math.Max(usual, most >> _lateness)) : Integer(usual, ref random);

    /// <summary>Draws a number for the scenario, a disk or a clock.</summary>
    public int Integer(int bound, ref SplitMix64 random)
    {
        // Now and then any number, so that whoever waits for a certain one does not wait for ever.
        var number = random.Next(bound);
        if (_numbers == Numbers.Even || random.Next(4) == 0)
        {
            return number;
        }

        return _numbers switch
        {
            Numbers.Low => (int)((long)number * random.Next(bound) / bound),
            Numbers.High => bound - 1 - (int)((long)number * random.Next(bound) / bound),
            _ => bound / 2,
        };
    }

    private bool DrawLate(Operation work, ref SplitMix64 random) =>
        _isSlow[(int)work.Kind, work.Server] || (work.Kind == OperationKind.Delivery && (ushort)random.Next() < _held);
}
