namespace DeterministicSimulation;

/// <summary>
/// Bounded exhaustive search, depth first. The first choices of a schedule enumerate all orders of the work; a <see cref="SwarmWalk"/>
/// makes the others. Operations of different servers commute. Of the orders that differ only in the order of such operations, sleep sets
/// leave one (Godefroid: "Partial-order methods for the verification of concurrent systems", 1996).
/// </summary>
/// <remarks>
/// Within the bound no fault strikes, timers run out only when no work is left, and numbers are the same in every schedule. The reduction
/// ignores what the workload and the monitors see between two operations that commute.
/// </remarks>
/// <param name="bound">The number of choices that are enumerated.</param>
public sealed class DepthFirst(int bound = 24) : IStrategy
{
    private readonly SwarmWalk _beyond = new();
    private readonly List<Node> _path = [];
    private SplitMix64 _numbers;
    private int _depth;
    private long _seen;
    private bool _isBeyond;

    /// <inheritdoc/>
    public bool IsExhausted { get; private set; }

    /// <summary>Whether the schedule reached a choice at which every operation sleeps: an equivalent schedule ran before.</summary>
    public bool IsRedundant { get; private set; }

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        _beyond.Begin(seed);
        _numbers = new SplitMix64(0);
        _depth = 0;
        _seen = 0;
        _isBeyond = false;
        IsRedundant = false;
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled)
    {
        if (_isBeyond || _depth == bound)
        {
            _isBeyond = true;
            return _beyond.ChooseOperation(enabled);
        }

        var isWork = enabled.Work.Length > 0;
        var candidates = isWork ? enabled.Work : enabled.Timers;
        foreach (var operation in candidates)
        {
            // Numbered when first seen, so that schedules with equal prefixes give equal numbers.
            if (operation.Rank == 0)
            {
                operation.Rank = ++_seen;
            }
        }

        if (_depth == _path.Count && !Open(candidates))
        {
            IsRedundant = true;
            _isBeyond = true;
            return _beyond.ChooseOperation(enabled);
        }

        return _path[_depth++].Choice;
    }

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind) => _isBeyond && _beyond.ChooseFault(kind);

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => _isBeyond ? _beyond.ChooseInteger(bound) : _numbers.Next(bound);

    /// <inheritdoc/>
    public int ChooseTime() => 1;

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int typical, int max) =>
        _isBeyond ? _beyond.ChooseLatency(operation, typical, max) : _numbers.Next(typical);

    /// <inheritdoc/>
    public void FaultsEnded()
    {
        _isBeyond = true;
        _beyond.FaultsEnded();
    }

    /// <inheritdoc/>
    public void End(ScheduleYield yield)
    {
        // A single operation is not a choice, so the strategy is not asked. An operation that sleeps at the end of the path is that one.
        IsRedundant |= !_isBeyond && _path.Count > 0 && _path[^1].Asleep().Count > 0;

        // The next schedule takes another alternative at the deepest choice that has one.
        while (_path.Count > 0 && !_path[^1].Next())
        {
            _path.RemoveAt(_path.Count - 1);
        }

        IsExhausted = _path.Count == 0;
    }

    private bool Open(ReadOnlySpan<Operation> candidates)
    {
        var node = new Node(candidates, _path.Count > 0 ? _path[^1].Asleep() : []);
        if (node.IsAsleep)
        {
            return false;
        }

        _path.Add(node);
        return true;
    }

    /// <summary>A choice, with the alternatives that were tried.</summary>
    private sealed class Node
    {
        private readonly Step[] _steps;
        private readonly HashSet<long> _tried;

        public Node(ReadOnlySpan<Operation> candidates, HashSet<long> asleep)
        {
            _steps = new Step[candidates.Length];
            for (var i = 0; i < _steps.Length; i++)
            {
                _steps[i] = new Step(candidates[i].Rank, candidates[i].Kind == OperationKind.Timer ? 0 : candidates[i].Server);
            }

            _tried = asleep;
            Choice = FirstAwake();
        }

        public int Choice { get; private set; }

        public bool IsAsleep => Choice < 0;

        public bool Next()
        {
            _tried.Add(_steps[Choice].Number);
            Choice = FirstAwake();
            return Choice >= 0;
        }

        // The sleep set after this choice: the alternatives that were tried before it and commute with it.
        public HashSet<long> Asleep()
        {
            var chosen = _steps[Choice];
            return
            [
                .. _steps
                    .Where(step => _tried.Contains(step.Number))
                    .Where(step => step.Server != chosen.Server && step.Server != 0 && chosen.Server != 0)
                    .Select(step => step.Number),
            ];
        }

        private int FirstAwake() => Array.FindIndex(_steps, step => !_tried.Contains(step.Number));

        /// <summary>An operation, and the server where it happens; with server 0 it commutes with no other.</summary>
        private readonly record struct Step(long Number, int Server);
    }
}
