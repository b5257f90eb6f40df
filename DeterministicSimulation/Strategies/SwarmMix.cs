namespace DeterministicSimulation;

/// <summary>
/// The random configuration of one schedule: which kinds of faults strike and how often, how fast timers run out, which servers are slow,
/// and how the numbers of the workload are distributed. Each schedule draws its own and omits many features, so that the others interact
/// more often and undisturbed: swarm testing (Groce et al.: "Swarm testing", ISSTA 2012).
/// </summary>
/// <remarks>Weights and rates are out of 2^16.</remarks>
internal sealed class SwarmMix
{
    /// <summary>The weight or rate of something that always happens.</summary>
    public const int Always = 1 << 16;

    private const int _kinds = (int)OperationKind.Fault;
    private readonly int[] _messageFaults = new int[FaultCounts.Kinds.Count];
    private readonly int[] _breaks = new int[FaultCounts.Kinds.Count];

    // By kind of work and server: the disk of a server, its incoming messages, its code.
    private readonly bool[,] _isSlow = new bool[_kinds, SimulationOptions.MaxServers + 1];
    private int _slowRate;
    private int _mends;
    private int _held;
    private int _lateness;
    private Numbers _numbers;

    /// <summary>The distribution of the numbers that are drawn for the workload, disks and clocks.</summary>
    private enum Numbers
    {
        /// <summary>Uniform.</summary>
        Even,

        /// <summary>Mostly low: short pauses, so that proposals come in bursts; crashes lose the writes in flight.</summary>
        Low,

        /// <summary>Mostly high: long pauses, and crashes lose nothing.</summary>
        High,

        /// <summary>Mostly in the middle: equal clock rates and equal timeouts.</summary>
        Middle,
    }

    /// <summary>
    /// Whether time is virtual. It often is: if timers run out too early, the next election interrupts most of what could go wrong.
    /// </summary>
    public bool IsTimeVirtual { get; private set; }

    /// <summary>
    /// Whether timers run out in the order of their deadlines, though other operations may be late. Then a leader's heartbeats come before
    /// the election timeouts that they prevent.
    /// </summary>
    public bool AreTimersInOrder { get; private set; }

    /// <summary>The rate of timers, among the steps that have work.</summary>
    public int TimerRate { get; private set; }

    /// <summary>The rate of steps in which a fault may strike or end.</summary>
    public int FaultRate { get; private set; }

    /// <summary>Draws another mix.</summary>
    public void Draw(ref SplitMix64 random)
    {
        IsTimeVirtual = random.Next(5) < 3;
        AreTimersInOrder = random.Next(4) > 0;
        TimerRate = 1 << (4 + random.Next(10));
        FaultRate = 1 << (7 + random.Next(5));
        _mends = Always >> random.Next(6);
        foreach (var kind in FaultCounts.Kinds.Where(kind => kind <= FaultKind.ServiceFailure))
        {
            // Crashes are rarer than other faults: a crash ends most of what could go wrong.
            _breaks[(int)kind] = random.Next(kind == FaultKind.Crash ? 4 : 2) == 0 ? Always : 0;
            _messageFaults[(int)kind] = random.Next(3) == 0 ? 0 : 1 << (9 + random.Next(6));
        }

        // A held message arrives long after the events that it is about.
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

        DelaysWork = isSlow || _held > 0;
        _slowRate = 1 << (6 + random.Next(9));
        _numbers = random.Next(2) == 0 ? Numbers.Even : (Numbers)random.Next(4);

        // These kinds came later. They draw from a copy, so that a seed still gives the schedules that it gave without them.
        var copy = random;
        var later = new SplitMix64(copy.Next());
        foreach (var kind in FaultCounts.Kinds.Where(kind => kind > FaultKind.ServiceFailure))
        {
            _breaks[(int)kind] = later.Next(2) == 0 ? Always : 0;
            _messageFaults[(int)kind] = later.Next(3) == 0 ? 0 : Always >> (1 + later.Next(3));
        }
    }

    /// <summary>The probability that a fault strikes or ends when it is picked.</summary>
    public int WeightOf(Operation fault) => fault.Breaks is { } kind ? _breaks[(int)kind] : _mends;

    /// <summary>The rate at which a fault of this kind strikes messages.</summary>
    public int RateOf(FaultKind kind) => _messageFaults[(int)kind];

    /// <summary>Whether any work is delayed in nondeterministic time.</summary>
    public bool DelaysWork { get; private set; }

    /// <summary>Draws whether enabled work is delayed in this step, in nondeterministic time. Only late work is.</summary>
    public bool Delays(Operation work, ref SplitMix64 random)
    {
        work.IsLate ??= DrawLate(work, ref random);
        return work.IsLate.Value && (ushort)random.Next() >= _slowRate;
    }

    /// <summary>Draws how long work takes in virtual time. Late work may take longer than is typical.</summary>
    /// <inheritdoc cref="IStrategy.ChooseLatency"/>
    public int Latency(Operation operation, int typical, int max, ref SplitMix64 random) =>
        DrawLate(operation, ref random) ? random.Next(Math.Max(typical, max >> _lateness)) : Integer(typical, ref random);

    /// <summary>Draws a number for the workload, a disk or a clock.</summary>
    public int Integer(int bound, ref SplitMix64 random)
    {
        // One number in four is uniform, so that a loop that draws until it gets a certain number ends.
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
