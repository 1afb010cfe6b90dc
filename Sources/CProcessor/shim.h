// What Swift has no words for: the processor's instructions for SHA-256's rounds and for wide vectors, the system's leave to use its matrix registers, and the notes that a program's file has of itself.
#ifndef VERGENCE_PROCESSOR_H
#define VERGENCE_PROCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Eight words, each in the lower half of a lane, whose upper half is the room for a product.
typedef uint64_t vergence_lanes __attribute__((vector_size(64)));

/// Writes `count` numbers in [0, 1), the upper 24 bits of the first words of Philox4x32-10 from `element` on at `step`; see Support's `Philox`.
__attribute__((always_inline))
static inline void vergence_philox(uint32_t seed, uint32_t stream, uint64_t element, uint64_t step, size_t count, double *numbers) {
  for (size_t start = 0; start < count; start += 8) {
    const vergence_lanes elements = (element + start) + (vergence_lanes){0, 1, 2, 3, 4, 5, 6, 7};
    vergence_lanes c0 = elements, c1 = elements >> 32, c2 = (vergence_lanes){} + step, c3 = c2 >> 32;
    uint32_t key0 = seed, key1 = stream;
    for (int round = 0; round < 10; round++, key0 += 0x9e3779b9, key1 += 0xbb67ae85) {
      const vergence_lanes a = (c0 & 0xffffffff) * 0xd2511f53, b = (c2 & 0xffffffff) * 0xcd9e8d57;
      c0 = (b >> 32) ^ c1 ^ key0;
      c1 = b;
      c2 = (a >> 32) ^ c3 ^ key1;
      c3 = a;
    }
    typedef int32_t integers __attribute__((vector_size(32)));
    typedef double reals __attribute__((vector_size(64)));
    const reals result = __builtin_convertvector(__builtin_convertvector((c0 & 0xffffffff) >> 8, integers), reals) * 0x1p-24;
    const size_t left = count - start;
    memcpy(numbers + start, &result, (left < 8 ? left : 8) * sizeof *numbers);
  }
}

#if defined(__x86_64__)
#include <asm/prctl.h>
#include <immintrin.h>
#include <sys/platform/x86.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Whether the processor has the instructions that `vergence_sha256` is made of.
static inline bool vergence_has_sha256(void) { return CPU_FEATURE_ACTIVE(SHA) && CPU_FEATURE_ACTIVE(SSE4_1); }

/// Mixes `count` blocks of 64 bytes into SHA-256's `state`; `constants` are the 64 of its rounds.
///
/// Two of the eight words' halves, named by their letters, take four rounds at a time.
__attribute__((target("sha,sse4.1")))
static inline void vergence_sha256(uint32_t *state, const uint32_t *constants, const uint8_t *blocks, size_t count) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
  __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; count > 0; count--, blocks += 64) {
    const __m128i old_abef = abef, old_cdgh = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++) w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)blocks + i), big_endian);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      const __m128i sum = _mm_add_epi32(w[i % 4], _mm_loadu_si128((const __m128i *)constants + i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      const __m128i last = w[(i + 3) % 4], seventh = _mm_alignr_epi8(last, w[(i + 2) % 4], 4);
      w[i % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]), seventh), last);
    }
    abef = _mm_add_epi32(abef, old_abef);
    cdgh = _mm_add_epi32(cdgh, old_cdgh);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// Asks Linux to let this process use the registers of AMX, which it keeps from those who don't ask; whether it does.
///
/// The leave is for all threads, now and later. State 18 of the processor's is the registers' data.
static inline bool vergence_ask_for_matrix_registers(void) { return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, 18) == 0; }

/// The bits of the widest vectors that the processor has, and the system lets programs use, of those that `vergence_philox` is written for.
static inline unsigned vergence_vector_bits(void) {
  if (CPU_FEATURE_ACTIVE(AVX512F) && CPU_FEATURE_ACTIVE(AVX512DQ)) return 512;
  return CPU_FEATURE_ACTIVE(AVX2) ? 256 : 128;
}

/// `vergence_philox` by vectors of 512 bits.
__attribute__((target("avx512f,avx512dq")))
static inline void vergence_philox_512(uint32_t seed, uint32_t stream, uint64_t element, uint64_t step, size_t count, double *numbers) {
  vergence_philox(seed, stream, element, step, count, numbers);
}

/// The same by vectors of 256 bits.
__attribute__((target("avx2")))
static inline void vergence_philox_256(uint32_t seed, uint32_t stream, uint64_t element, uint64_t step, size_t count, double *numbers) {
  vergence_philox(seed, stream, element, step, count, numbers);
}
#else
static inline bool vergence_has_sha256(void) { return false; }
static inline bool vergence_ask_for_matrix_registers(void) { return false; }
static inline void vergence_sha256(uint32_t *state, const uint32_t *constants, const uint8_t *blocks, size_t count) {}
static inline unsigned vergence_vector_bits(void) { return 128; }
static inline void vergence_philox_512(uint32_t seed, uint32_t stream, uint64_t element, uint64_t step, size_t count, double *numbers) {}
static inline void vergence_philox_256(uint32_t seed, uint32_t stream, uint64_t element, uint64_t step, size_t count, double *numbers) {}
#endif

#if defined(__linux__)
#include <elf.h>

/// The identifier that the linker gave the program or library that calls this, and its length; NULL where it gave none.
///
/// The header is at the beginning of the first segment in memory, and leads to the notes.
static inline const uint8_t *vergence_build_identifier(size_t *count) {
  extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
  const char *base = (const char *)&__ehdr_start;
  const Elf64_Phdr *segments = (const Elf64_Phdr *)(base + __ehdr_start.e_phoff);
  for (int i = 0; i < __ehdr_start.e_phnum; i++) {
    if (segments[i].p_type != PT_NOTE) continue;
    const char *note = base + segments[i].p_vaddr, *end = note + segments[i].p_memsz;
    while (end - note >= (long)sizeof(Elf64_Nhdr)) {
      const Elf64_Nhdr *head = (const Elf64_Nhdr *)note;
      const char *name = note + sizeof *head, *content = name + ((head->n_namesz + 3) & ~3u);
      if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
        *count = head->n_descsz;
        return (const uint8_t *)content;
      }
      note = content + ((head->n_descsz + 3) & ~3u);
    }
  }
  return NULL;
}
#else
static inline const uint8_t *vergence_build_identifier(size_t *count) { return NULL; }
#endif

#endif
