using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelChecking;

// What a worker does: it generates the successors of the states of a block, and keeps those that are new.
internal sealed partial class BreadthFirst
{
    /// <summary>The data of one thread.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly BreadthFirst _search;
        private readonly int _number;
        private readonly Specification _specification;
        private readonly Predecessors.Writer _predecessors;
        private readonly TransitionCache? _cache;
        private readonly Successors _steps;
        private readonly ulong[] _after;
        private Batch _present;
        private Batch _last;
        private Frontier.Block _found;

        // Whether the steps of rows are looked up, and how many states of a block have steps that are not kept.
        private bool _findsRows;
        private int _notFound;
        private int _added;

        public Worker(BreadthFirst search, int number)
        {
            (_search, _number) = (search, number);
            _specification = search._specification;
            Evaluator = new PropertyEvaluator(_specification, search._options.Symmetry);
            _predecessors = new Predecessors.Writer(search._predecessors);

            // With symmetry, the fingerprint of a successor does not follow from that of the state before it.
            _cache = search._options.Symmetry || _specification.Groups.Count == 0
                ? null
                : new TransitionCache(_specification, Evaluator, search._rows);
            _steps = new Successors(_specification.Layout, _cache);
            _findsRows = search._rows is not null;
            _after = new ulong[_specification.Layout.Words];
            _present = new Batch(_specification.Layout);
            _last = new Batch(_specification.Layout);
            _found = search._frontier.Rent();
        }

        public PropertyEvaluator Evaluator { get; }

        public long CacheBytes => (_cache?.Bytes ?? 0) + Evaluator.Bytes;

        /// <summary>Counts how often each action fired, at the end.</summary>
        public void CountActions() => _cache?.CountSteps();

        public void Dispose() => _cache?.Dispose();

        public void AddInitialStates()
        {
            _search.BeginExploring();
            _steps.Clear();
            _specification.Init(_steps);
            for (var i = 0; i < _steps.Count && !_search._hasEnded; i++)
            {
                Evaluator.CountInitial();
                var state = _steps[i];
                var fingerprint = Evaluator.FingerprintOf(state);
                if (Evaluator.BrokenBy(state) is { } property)
                {
                    _search.Violate(property, Predecessors.None, i);
                }
                else if (_specification.IsWithinBounds(state) && _search._seen.Add(fingerprint))
                {
                    Evaluator.CountNew();
                    var added = Add(Predecessors.None, i, fingerprint, out var rowSums);
                    state.Words.CopyTo(added.Words);
                    _search._rows?.SumsOf(added, rowSums);
                    EndAdd(added);
                }
            }

            Report();
            HandOver();
            _search.EndExploring();
        }

        public void ExploreDepth()
        {
            while (!_search._hasEnded && _search._frontier.Take(_number) is { } block)
            {
                _search.BeginExploring();

                // It does not pay if many states have steps that are not kept.
                _findsRows = _findsRows && 4 * _notFound <= Frontier.BlockSize && _cache!.BeginRows(block);
                _notFound = 0;
                ExploreBlock(block);
                _cache?.Trim();
                Report();
                _search.EndExploring();
                if (!_search._hasEnded)
                {
                    _search._frontier.Return(block);
                }
            }

            HandOver();
        }

        // A method of its own, which is called often: so it is soon compiled with optimizations, while a depth lasts.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private void ExploreBlock(Frontier.Block block)
        {
            for (var i = 0; i < block.Count && !_search._hasEnded; i++)
            {
                if (i % _reportInterval == 0)
                {
                    Report();
                }

                Expand(block, i);
                if (_present.IsFull)
                {
                    ExchangeBatches(block);
                }
            }

            ExchangeBatches(block);
            ExchangeBatches(block);
        }

        // The fingerprints of a batch are looked up after the next one is generated, when the prefetched memory has arrived.
        private void ExchangeBatches(Frontier.Block block)
        {
            _search._seen.Prefetch(_present.Sums);
            AddNewStates(block, _last);
            _last.Clear();
            (_present, _last) = (_last, _present);
        }

        private void Expand(Frontier.Block block, int index)
        {
            var state = block[index];
            var parent = new Parent(index, block.NumberOf(index), block.SumOf(index));
            var choices = _findsRows ? GenerateRows(parent, state, block) : GenerateAll(parent, state);
            if (choices > Predecessors.MaxChoices)
            {
                throw new InvalidOperationException($"A state has more than {Predecessors.MaxChoices} successors.");
            }

            Evaluator.CountSteps(choices);
            if (choices == 0 && _search._options.FindDeadlocks)
            {
                _search.Violate(CheckResult.Deadlock, parent.Number, choice: null);
            }
        }

        private int GenerateRows(in Parent parent, State state, Frontier.Block block)
        {
            if (!_cache!.HasRows(block, parent.Index, _steps))
            {
                _notFound++;
                return GenerateAll(parent, state);
            }

            _cache.LookAtBag(state);
            var choice = 0;
            for (var row = 0; row < _search._rows!.Count; row++)
            {
                var steps = _cache.TakeRow(parent.Index, row);
                GenerateCached(parent, state, steps, choice);
                choice += steps.Length;
            }

            return choice;
        }

        private int GenerateAll(in Parent parent, State state)
        {
            _steps.Clear();
            _specification.Next(state, _steps);
            var choice = 0;
            if (_cache is null)
            {
                Generate(parent, state, 0, _steps.Count, ref choice);
                return choice;
            }

            _cache.LookAtBag(state);
            foreach (var run in _steps.Runs())
            {
                if (run.IsCached)
                {
                    GenerateCached(parent, state, _cache.TakeRun(run.First, run.Count), choice);
                    choice += run.Count;
                }
                else
                {
                    Generate(parent, state, run.First, run.Count, ref choice);
                }
            }

            return choice;
        }

        // Steps that lead to copies of the state.
        private void Generate(in Parent parent, State state, int first, int count, ref int choice)
        {
            for (var i = first; i < first + count; i++, choice++)
            {
                var after = _steps[i];
                var action = _steps.ActionOf(i);
                Evaluator.CountFired(action, 1);
                var changesInvariants = Evaluator.MayDiffer(state, after);
                if (IsToBeAdded(parent, state, action, after, choice, changesInvariants))
                {
                    var sum = _search._options.Symmetry
                        ? Evaluator.FingerprintOf(after)
                        : parent.Sum + Evaluator.Fingerprint.Difference(state, after);
                    _present.AddCopy(sum, new Successor(parent.Index, choice, action, changesInvariants), after);
                }
            }
        }

        // Steps of groups. The states that they lead to are not made before it is known that they are new.
        // A method of its own that calls nothing in its loop, so that its variables are in registers.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private void GenerateCached(in Parent parent, State state, ReadOnlySpan<int> indexes, int choice)
        {
            var cache = _cache!;
            var room = cache.Room;
            var full = cache.FullMessages;
            ref var steps = ref MemoryMarshal.GetReference(cache.Steps);
            _present.Reserve(indexes.Length, out var allSums, out var allSuccessors);
            ref var sums = ref MemoryMarshal.GetReference(allSums);
            ref var successors = ref MemoryMarshal.GetReference(allSuccessors);
            var (index, sum) = (parent.Index, parent.Sum);

            // Without checks of bounds, and whether a step is added cannot be predicted, so there is no branch: the next one overwrites a
            // step that is not added.
            var (added, mustCheck) = (0, false);
            foreach (var number in indexes)
            {
                ref var step = ref Unsafe.Add(ref steps, number);
                var isAdded = step.Messages <= room;
                for (var eight = 0; eight < full.Length; eight += Vector512<ulong>.Count)
                {
                    isAdded &= !Vector512.EqualsAny(Vector512.Create(full[eight..]), Vector512.Create(step.Message));
                }

                mustCheck |= step.MustCheck | (step.ChangesInvariants & !isAdded);
                Unsafe.Add(ref sums, added) = sum + step.Difference;
                Unsafe.Add(ref successors, added) = new Successor(index, choice, number);
                choice++;
                added += Unsafe.BitCast<bool, byte>(isAdded);
            }

            _present.Extend(mustCheck ? Check(parent, state, indexes, choice - indexes.Length) : added);
        }

        // The same for steps of which some must be checked.
        private int Check(in Parent parent, State state, ReadOnlySpan<int> indexes, int choice)
        {
            _present.Reserve(indexes.Length, out var sums, out var successors);
            var added = 0;
            foreach (var index in indexes)
            {
                ref readonly var step = ref _cache![index];
                var isAdded = step.Messages <= _cache.Room && !_cache.FullMessages.Contains(step.Message);
                if (step.MustCheck || (step.ChangesInvariants && !isAdded))
                {
                    isAdded = IsToBeAdded(parent, state, index, choice);
                }

                if (isAdded)
                {
                    sums[added] = parent.Sum + step.Difference;
                    successors[added] = new Successor(parent.Index, choice, index);
                    added++;
                }

                choice++;
            }

            return added;
        }

        private bool IsToBeAdded(in Parent parent, State state, int step, int choice)
        {
            var after = new State(_after);
            _cache!.Take(state, step, after);
            return IsToBeAdded(parent, state, _cache[step].Action, after, choice, _cache[step].ChangesInvariants);
        }

        // Checks a step. Invariants of a state within bounds are checked when it is found to be new.
        private bool IsToBeAdded(in Parent parent, State state, int action, State after, int choice, bool changesInvariants)
        {
            if (Evaluator.BrokenBy(state, action, after) is { } brokenStep)
            {
                _search.Violate(brokenStep, parent.Number, choice);
                return false;
            }

            if (_specification.IsWithinBounds(after))
            {
                return true;
            }

            if (changesInvariants && Evaluator.BrokenBy(after) is { } broken)
            {
                _search.Violate(broken, parent.Number, choice);
            }

            return false;
        }

        private void AddNewStates(Frontier.Block block, Batch batch)
        {
            foreach (var index in batch.Missing(_search._seen))
            {
                var sum = batch.Sums[index];
                if (!_search._seen.Add(sum))
                {
                    continue;
                }

                var successor = batch[index];
                bool changesInvariants;
                var number = block.NumberOf(successor.Parent);
                var state = Add(number, successor.Choice, sum, out var rowSums);
                if (successor.IsCached)
                {
                    Evaluator.CountNew(_cache![successor.Step].Action);
                    changesInvariants = _cache[successor.Step].ChangesInvariants;
                    _cache.Take(block[successor.Parent], successor.Step, state);
                    AddRowDifferences(block.RowSumsOf(successor.Parent), _cache.RowDifferences(successor.Step), rowSums);
                }
                else
                {
                    Evaluator.CountNew(successor.Action);
                    changesInvariants = successor.ChangesInvariants;
                    batch.CopyOf(index).Words.CopyTo(state.Words);
                    _search._rows?.SumsOf(state, rowSums);
                }

                if (changesInvariants && Evaluator.BrokenBy(state) is { } broken)
                {
                    _search.Violate(broken, number, successor.Choice);
                }

                EndAdd(state);
                if (_search._hasEnded)
                {
                    break;
                }
            }
        }

        private State Add(long parent, int choice, ulong sum, out Span<ulong> rowSums) =>
            _found.Add(_predecessors.Add(parent, choice), sum, out rowSums);

        private static void AddRowDifferences(ReadOnlySpan<ulong> before, ReadOnlySpan<ulong> differences, Span<ulong> after)
        {
            for (var row = 0; row < after.Length; row++)
            {
                after[row] = before[row] + differences[row];
            }
        }

        private void EndAdd(State state)
        {
            Evaluator.Note(state);
            if (_found.IsFull)
            {
                HandOver();
            }

            if (++_added == FingerprintSet.Leeway)
            {
                Report();
            }
        }

        private void HandOver()
        {
            if (_found.Count > 0)
            {
                _search._frontier.Add(_number, _found);
                _found = _search._frontier.Rent();
            }
        }

        private void Report()
        {
            _search._seen.Count(_added);
            _added = 0;
            if (_search._seen.IsCrowded)
            {
                _search.EndExploring();
                _search.BeginExploring();
            }
        }
    }

    /// <summary>A state whose successors are generated.</summary>
    /// <param name="Index">Its index in its block.</param>
    /// <param name="Number">Its number.</param>
    /// <param name="Sum">The sum of its fingerprint.</param>
    private readonly record struct Parent(int Index, long Number, ulong Sum);
}
