namespace DeterministicSimulation;

/// <summary>
/// Bounded exhaustive search, depth first: the first choices of a schedule run through all orders of the work, and all that follow are drawn as by <see cref="SwarmWalk"/>.
/// Operations of different servers can change places, so that of all orders that differ only in that, one is enough: sleep sets (Godefroid: "Partial-order
/// methods for the verification of concurrent systems", 1996).
/// </summary>
/// <remarks>
/// Within the bound nothing breaks, timers run out only when no work is left, and numbers are the same in every schedule. What the scenario and the monitors see
/// between two operations that change places does not count as a difference.
/// </remarks>
/// <param name="bound">How many of the first choices.</param>
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

    /// <summary>Whether the schedule came to where all that can happen was tried in another order: it is one that was seen.</summary>
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
            // Numbered as they are first seen: equal beginnings give equal numbers.
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
    public int ChooseLatency(Operation operation, int usual, int most) => _isBeyond ? _beyond.ChooseLatency(operation, usual, most) : _numbers.Next(usual);

    /// <inheritdoc/>
    public void FaultsEnded()
    {
        _isBeyond = true;
        _beyond.FaultsEnded();
    }

    /// <inheritdoc/>
    public void End(ScheduleYield yield)
    {
        // Where only one thing can happen nothing is asked. If something sleeps there, it is that.
        IsRedundant |= !_isBeyond && _path.Count > 0 && _path[^1].Asleep().Count > 0;

        // The deepest choice that has another alternative gives way to it; what came after it is over.
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

    /// <summary>A choice, with what was tried there.</summary>
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

        // What need not be tried after this choice: it was tried before it, and they can change places.
        public HashSet<long> Asleep()
        {
            var chosen = _steps[Choice];
            return [.. _steps.Where(step => _tried.Contains(step.Number) && step.Server != chosen.Server && step.Server != 0 && chosen.Server != 0).Select(step => step.Number)];
        }

        private int FirstAwake() => Array.FindIndex(_steps, step => !_tried.Contains(step.Number));

        /// <summary>Something that can happen, and where; 0: what happens anywhere, so that nothing can change places with it.</summary>
        private readonly record struct Step(long Number, int Server);
    }
}
