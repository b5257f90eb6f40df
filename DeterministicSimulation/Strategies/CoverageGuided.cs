namespace DeterministicSimulation;

/// <summary>
/// Coverage-guided search. It keeps the schedules that reached new states and mutates them: it truncates one, splices two, flips a choice,
/// or moves a fault. Where a mutated schedule no longer fits, a <see cref="SwarmWalk"/> continues. The states are those of the model, if
/// one steps beside the system, else the abstract states of the system. The method is that of fuzzing (Zalewski: "American fuzzy lop",
/// 2013); with the states of a model: Gulcan, Burak Ozkan, Majumdar, Nagendra: "Model-guided fuzzing of distributed systems", 2024.
/// </summary>
public sealed class CoverageGuided : IStrategy
{
    private const int _kept = 64;

    // One schedule in so many is new, not a mutation.
    private const int _fresh = 3;
    private readonly SwarmWalk _walk = new();
    private readonly List<Choice> _made = [];
    private readonly List<Kept> _corpus = [];
    private List<Choice> _plan = [];
    private SplitMix64 _random;
    private bool _faultsEnded;

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        _random = new SplitMix64(SplitMix64.Mix(seed));
        _walk.Begin(seed);
        _made.Clear();
        _faultsEnded = false;
        _plan = _corpus.Count == 0 || _random.Next(_fresh) == 0 ? [] : Mutate();
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled)
    {
        var faults = enabled.Count - enabled.Faults.Length;
        var choice = Planned(ChoiceKind.Operation, enabled.Count)
            ?? (enabled.Faults.Length > 0 && Planned(ChoiceKind.FaultOperation, enabled.Faults.Length) is { } fault
                ? faults + fault
                : (int?)null)
            ?? _walk.ChooseOperation(enabled);
        if (choice >= faults)
        {
            Record(ChoiceKind.FaultOperation, choice - faults);
        }
        else
        {
            Record(ChoiceKind.Operation, choice);
        }

        return choice;
    }

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind)
    {
        var strikes = Planned(ChoiceKind.MessageFault, 2) is { } planned ? planned == 1 : _walk.ChooseFault(kind);
        Record(ChoiceKind.MessageFault, strikes ? 1 : 0);
        return strikes;
    }

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Record(ChoiceKind.Integer, Planned(ChoiceKind.Integer, bound) ?? _walk.ChooseInteger(bound));

    /// <inheritdoc/>
    public int ChooseTime() => Record(ChoiceKind.Time, Planned(ChoiceKind.Time, 2) ?? _walk.ChooseTime());

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int typical, int max) =>
        Record(ChoiceKind.Integer, Planned(ChoiceKind.Integer, max) ?? _walk.ChooseLatency(operation, typical, max));

    /// <inheritdoc/>
    public void FaultsEnded()
    {
        _faultsEnded = true;
        _walk.FaultsEnded();
    }

    /// <inheritdoc/>
    public void End(ScheduleYield yield)
    {
        var newStates = yield.NewModelStates ?? yield.NewStates;
        if (newStates == 0 || _made.Count == 0)
        {
            return;
        }

        var worth = newStates / (double)yield.Steps;
        var least = _corpus.MinBy(kept => kept.Worth);
        if (_corpus.Count == _kept && least!.Worth < worth)
        {
            _corpus.Remove(least);
        }

        if (_corpus.Count < _kept)
        {
            _corpus.Add(new Kept([.. _made]) { Worth = worth });
        }
    }

    // The choice of the plan at this place; null if its kind or its value does not fit.
    private int? Planned(ChoiceKind kind, int bound) =>
        !_faultsEnded
        && _made.Count < _plan.Count
        && _plan[_made.Count] is var choice
        && choice.Kind == kind
        && choice.Value < bound
            ? choice.Value
            : null;

    private int Record(ChoiceKind kind, int value)
    {
        // Once faults have ended, choices are fair and not worth mutating.
        if (!_faultsEnded)
        {
            _made.Add(new Choice(kind, value));
        }

        return value;
    }

    private List<Choice> Mutate()
    {
        var parent = Draw();
        var at = _random.Next(parent.Count);
        switch (_random.Next(4))
        {
            case 0:
                return parent.GetRange(0, at);
            case 1:
                var other = Draw();
                var from = Math.Min(at, other.Count);
                return [.. parent.GetRange(0, at), .. other.GetRange(from, other.Count - from)];
            case 2:
                return [.. parent.GetRange(0, at), new Choice(ChoiceKind.Other, 0), .. parent.GetRange(at + 1, parent.Count - at - 1)];
            default:
                return MoveFault(parent, at);
        }
    }

    private static List<Choice> MoveFault(List<Choice> parent, int to)
    {
        List<Choice> moved = [.. parent];
        var from = moved.FindIndex(choice => choice is { Kind: ChoiceKind.FaultOperation } or { Kind: ChoiceKind.MessageFault, Value: 1 });
        if (from < 0)
        {
            return moved;
        }

        var fault = moved[from];
        if (fault.Kind == ChoiceKind.FaultOperation)
        {
            moved.RemoveAt(from);
            moved.Insert(Math.Min(to, moved.Count), fault);
        }
        else if (moved.FindIndex(to, choice => choice is { Kind: ChoiceKind.MessageFault, Value: 0 }) is >= 0 and var place)
        {
            moved[from] = moved[place];
            moved[place] = fault;
        }

        return moved;
    }

    // The better of two random schedules. Its worth decreases with each use, so that others are used too.
    private List<Choice> Draw()
    {
        var one = _corpus[_random.Next(_corpus.Count)];
        var other = _corpus[_random.Next(_corpus.Count)];
        var better = one.Worth >= other.Worth ? one : other;
        better.Worth *= 0.8;
        return better.Choices;
    }

    /// <summary>The kinds of choices.</summary>
    private enum ChoiceKind
    {
        /// <summary>The next operation, which is work or a timer.</summary>
        Operation,

        /// <summary>The next operation, which is a fault; the value is its number among the faults.</summary>
        FaultOperation,

        /// <summary>Whether a fault strikes a message.</summary>
        MessageFault,

        /// <summary>A number.</summary>
        Integer,

        /// <summary>The time mode.</summary>
        Time,

        /// <summary>A flipped choice: it fits nowhere, so that the walk makes another one.</summary>
        Other,
    }

    private readonly record struct Choice(ChoiceKind Kind, int Value);

    /// <summary>A schedule to mutate.</summary>
    private sealed class Kept(List<Choice> choices)
    {
        public List<Choice> Choices => choices;

        /// <summary>New states a step, decreased with each use.</summary>
        public double Worth { get; set; }
    }
}
