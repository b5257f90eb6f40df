namespace DeterministicSimulation;

/// <summary>Decisions without some of them. The beginning of a schedule, which stands first, always stays.</summary>
internal static class Reductions
{
    extension(IReadOnlyList<Decision> decisions)
    {
        /// <summary>Where decisions of a kind stand.</summary>
        public int[] Places(Func<Decision, bool> which) => [.. Enumerable.Range(1, decisions.Count - 1).Where(place => which(decisions[place]))];

        /// <summary>All but those at some places.</summary>
        /// <param name="places">The places, in ascending order.</param>
        public Decision[] Without(ReadOnlySpan<int> places)
        {
            var without = new List<Decision>(decisions.Count);
            for (var place = 0; place < decisions.Count; place++)
            {
                if (places.BinarySearch(place) < 0)
                {
                    without.Add(decisions[place]);
                }
            }

            return [.. without];
        }

        /// <summary>All but those at some places, whose messages stay in flight: those like them that come later overtake them.</summary>
        /// <param name="places">The places, in ascending order.</param>
        /// <returns>Null where none like them comes later: then it is the same as without them.</returns>
        public Decision[]? Overtaking(ReadOnlySpan<int> places)
        {
            var overtaken = new List<Decision>(places.Length);
            var others = new List<Decision>(decisions.Count);
            var any = false;
            for (var place = 0; place < decisions.Count; place++)
            {
                var decision = decisions[place];
                if (places.BinarySearch(place) >= 0)
                {
                    overtaken.Add(decision);
                    continue;
                }

                var older = decision.Operation.Kind == OperationKind.Delivery ? overtaken.Count(one => one.Operation == decision.Operation) : 0;
                others.Add(older > 0 ? decision with { Rank = decision.Rank + older } : decision);
                any |= older > 0;
            }

            return any ? [.. others] : null;
        }

        /// <summary>All, with another one at a place.</summary>
        public Decision[] With(int place, Decision decision)
        {
            Decision[] with = [.. decisions];
            with[place] = decision;
            return with;
        }

        /// <summary>Those that do not only go on with what is under way.</summary>
        public Decision[] WithoutImplied() => [.. decisions.Where((decision, place) => place == 0 || !decision.IsImplied)];

        /// <summary>What is left in a world with some of the servers only.</summary>
        /// <param name="servers">How many there were.</param>
        /// <param name="kept">Which stay: a bit each, the lowest for the first server.</param>
        public Decision[] Among(int servers, int kept)
        {
            int[] numbers = [0, .. Enumerable.Range(0, servers).Select(server => (kept >> server & 1) == 1 ? int.PopCount(kept & ((2 << server) - 1)) : 0)];
            return [.. decisions.Select(decision => decision.Renumbered(numbers)).OfType<Decision>()];
        }

        /// <summary>All but one, or but one of the faults that struck a message: each way to do so, with what is left out; what comes last first.</summary>
        public IEnumerable<(string What, Decision[] Decisions)> WithoutEach()
        {
            for (var i = decisions.Count - 1; i > 0; i--)
            {
                var decision = decisions[i];
                yield return ($"{i}: {decision.Operation}", decisions.Without([i]));
                if (decisions.Overtaking([i]) is { } overtaking)
                {
                    yield return ($"{i}: {decision.Operation}, which stays in flight", overtaking);
                }

                foreach (var fault in decision.Faults)
                {
                    yield return ($"{i}: {fault}", decisions.With(i, decision with { Faults = [.. decision.Faults.Where(one => one != fault)] }));
                }
            }
        }
    }
}
